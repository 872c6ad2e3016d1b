// What every server sends: events with ids, over connections that it cuts.
export const total = 20;
const perConnection = 7;

export const typeOf = n => (n % 3 === 0 ? 'tick' : 'message');
export const dataOf = n => (n % 5 === 0 ? `first ${n}\nsécond ✓ ${n}` : `{"n":${n}}`);

const later = () => new Promise(resolve => setTimeout(resolve, 20));

// The id that a request resumes after; undefined when nothing is left, which is answered with status 204.
export function resumedAfter(request) {
    const id = Number(request.headers['last-event-id'] ?? 0);
    return id < total ? id : undefined;
}

// Sends the events of one connection, and cuts it: by its socket, or properly, in turn.
export async function play(request, after, send, end) {
    const last = Math.min(after + perConnection, total);
    for (let n = after + 1; n <= last; n++) {
        await send({ id: String(n), type: typeOf(n), data: dataOf(n) });
        await later();
    }

    if (after % 2 === 0) {
        request.socket.destroy();
    } else {
        await end();
    }
}

export async function listening(server) {
    if (!server.listening) {
        await new Promise(resolve => server.once('listening', resolve));
    }

    return server.address().port;
}
