import express from 'express';
import SSE from 'express-sse';
import { listening, play, resumedAfter } from '../plan.mjs';

// It writes data as JSON.
export const start = () => {
    const app = express();
    app.get('/', async (request, response) => {
        const after = resumedAfter(request);
        if (after === undefined) {
            return response.status(204).end();
        }

        const sse = new SSE([], { isSerialized: false });
        sse.init(request, response);
        response.write('retry: 50\n\n');
        await play(
            request, after, ({ id, type, data }) => sse.send(data, type === 'message' ? undefined : type, id), () => response.end());
    });
    return listening(app.listen(0, '127.0.0.1'));
};
