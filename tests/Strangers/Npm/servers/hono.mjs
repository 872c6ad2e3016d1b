import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { streamSSE } from 'hono/streaming';
import { listening, play, resumedAfter } from '../plan.mjs';

export const start = () => {
    const app = new Hono();
    app.use(compress());
    app.get('/', context => {
        const request = context.env.incoming;
        const after = resumedAfter(request);
        return after === undefined
            ? context.body(null, 204)
            : streamSSE(context, stream => play(
                request, after, ({ id, type, data }) => stream.writeSSE({ id, event: type, data, retry: 50 }), () => stream.close()));
    });
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }));
};
