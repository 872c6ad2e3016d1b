// parse.mjs: reads an array of streams from the standard input, and prints what eventsource-parser finds: an array of events for each.
import { createParser } from 'eventsource-parser';
import { input } from './input.mjs';

const parse = text => {
    const events = [];
    let lastId = '';
    const parser = createParser({
        onEvent: ({ id, event, data }) => {
            lastId = id ?? lastId;
            events.push({ type: event || 'message', data, id: lastId });
        },
    });
    const decoder = new TextDecoder();
    for (const byte of new TextEncoder().encode(text)) {
        parser.feed(decoder.decode(new Uint8Array([byte]), { stream: true }));
    }

    return events;
};

console.log(JSON.stringify((await input()).map(parse)));
