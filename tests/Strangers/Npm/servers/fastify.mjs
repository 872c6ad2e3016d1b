import sse from '@fastify/sse';
import fastify from 'fastify';
import { play, resumedAfter } from '../plan.mjs';

export const start = async () => {
    const app = fastify();
    await app.register(sse, { heartbeatInterval: 10, serializer: text => text });
    app.get('/', { sse: 'only' }, async (request, reply) => {
        const after = resumedAfter(request);
        if (after === undefined) {
            return reply.code(204).send();
        }

        reply.sse.keepAlive();
        await play(
            request.raw, after, ({ id, type, data }) => reply.sse.send({ id, event: type, data, retry: 50 }), () => reply.sse.close());
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server.address().port;
};
