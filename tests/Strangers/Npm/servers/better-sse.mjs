import { createServer } from 'node:http';
import { createSession } from 'better-sse';
import { listening, play, resumedAfter } from '../plan.mjs';

// It writes data as JSON.
export const start = () => listening(createServer(async (request, response) => {
    const after = resumedAfter(request);
    if (after === undefined) {
        return response.writeHead(204).end();
    }

    const session = await createSession(request, response, { keepAlive: 10, retry: 50 });
    await play(request, after, ({ id, type, data }) => session.push(data, type, id), () => response.end());
}).listen(0, '127.0.0.1'));
