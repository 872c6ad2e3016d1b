import { createEventStream, H3, HTTPResponse, serve } from 'h3';
import { play, resumedAfter } from '../plan.mjs';

export const start = async () => {
    const app = new H3();
    app.get('/', event => {
        const request = event.runtime.node.req;
        const after = resumedAfter(request);
        if (after === undefined) {
            return new HTTPResponse(null, { status: 204 });
        }

        const stream = createEventStream(event);
        play(request, after, ({ id, type, data }) => stream.push({ id, event: type, data, retry: 50 }), () => stream.close())
            .catch(() => request.socket.destroy());
        return stream.send();
    });
    const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true });
    await server.ready();
    return Number(new URL(server.url).port);
};
