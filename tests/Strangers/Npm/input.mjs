export async function input() {
    let text = '';
    for await (const piece of process.stdin.setEncoding('utf8')) {
        text += piece;
    }

    return JSON.parse(text);
}
