// eventsource.mjs: reads an array of URLs from the standard input, and prints what the EventSource of npm finds in each until the server
// ends it: an array of events for each URL.
import { EventSource } from 'eventsource';
import { input } from './input.mjs';

const read = url => new Promise(resolve => {
    const events = [];
    const source = new EventSource(url);
    for (const type of ['message', 'tick', 'e']) {
        source.addEventListener(type, ({ data, lastEventId }) => events.push({ type, data, id: lastEventId }));
    }

    source.addEventListener('error', () => source.readyState === EventSource.CLOSED && resolve(events));
});

console.log(JSON.stringify(await Promise.all((await input()).map(read))));
