import { randomUUID } from 'node:crypto';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { listening } from '../plan.mjs';

const steps = 6;

// The events of a session, in the order that they were made in.
class Events {
    #all = [];

    async storeEvent(streamId, message) {
        this.#all.push({ streamId, message });
        return `${this.#all.length}`;
    }

    async getStreamIdForEventId(id) {
        return this.#all[Number(id) - 1]?.streamId;
    }

    async replayEventsAfter(id, { send }) {
        const { streamId } = this.#all[Number(id) - 1];
        for (let at = Number(id); at < this.#all.length; at++) {
            if (this.#all[at].streamId === streamId) {
                await send(`${at + 1}`, this.#all[at].message);
            }
        }

        return streamId;
    }
}

// A tool that reports its steps; its stream is closed after the second one.
const makeServer = () => {
    const server = new McpServer({ name: 'strangers', version: '1.0.0' }, { capabilities: { logging: {} } });
    server.registerTool('count', { description: 'Counts.' }, async extra => {
        for (let step = 1; step <= steps; step++) {
            await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: `step ${step}` } });
            if (step === 2) {
                extra.closeSSEStream?.();
            }

            await new Promise(resolve => setTimeout(resolve, 50));
        }

        return { content: [{ type: 'text', text: `${steps} steps` }] };
    });
    return server;
};

export const start = () => {
    const transports = new Map();
    const app = createMcpExpressApp();
    app.all('/', async (request, response) => {
        let transport = transports.get(request.headers['mcp-session-id']);
        if (!transport) {
            transport = new StreamableHTTPServerTransport({
                sessionIdGenerator: randomUUID,
                eventStore: new Events(),
                retryInterval: 50,
                onsessioninitialized: id => transports.set(id, transport),
            });
            await makeServer().connect(transport);
        }

        await transport.handleRequest(request, response, request.body);
    });
    return listening(app.listen(0, '127.0.0.1'));
};
