import { createRequire } from 'node:module';
import { listening } from '../plan.mjs';

const require = createRequire(import.meta.url);
const { createServer } = require('@dwmkerr/mock-llm/dist/server.js');
const { getDefaultConfig } = require('@dwmkerr/mock-llm/dist/config.js');

// It logs to the output, which is for the port.
console.log = console.error;

export const start = async () => {
    const app = createServer({ ...getDefaultConfig(), streaming: { chunkSize: 5, chunkIntervalMs: 5 } }, '127.0.0.1', 0);
    const port = await listening(app.listen(0, '127.0.0.1'));
    process.stdout.write(`${port}\n`);
    return '';
};
