// A registry with one image, in place of the base images that releases get from the network: this machine's C library, OpenSSL and
// certificates. Writes its address into the file that is its argument, and serves until it is ended.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const digest = bytes => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const folder = '/lib/x86_64-linux-gnu';
const files = ['/lib64/ld-linux-x86-64.so.2', '/etc/ssl/certs/ca-certificates.crt',
    ...['libc.so.6', 'libm.so.6', 'libdl.so.2', 'librt.so.1', 'libpthread.so.0', 'libgcc_s.so.1', 'libstdc++.so.6', 'libz.so.1',
        'libssl.so.3', 'libcrypto.so.3'].map(name => join(folder, name))].filter(existsSync);
const work = mkdtempSync(join(tmpdir(), 'unarr-base-'));
chmodSync(work, 0o755);
for (const file of files) {
    execFileSync('install', ['-D', realpathSync(file), join(work, file)]);
}
execFileSync('mkdir', ['-p', join(work, 'tmp')]);
const content = execFileSync('tar', ['-C', work, '-c', '.'], { maxBuffer: 1 << 30 });
rmSync(work, { recursive: true });
const layer = gzipSync(content);
const config = Buffer.from(JSON.stringify({
    architecture: 'amd64', os: 'linux', config: { Env: ['PATH=/usr/bin'] },
    rootfs: { type: 'layers', diff_ids: [digest(content)] }, history: [{ created_by: 'base' }],
}));
const described = (type, bytes) => ({ mediaType: `application/vnd.oci.image.${type}`, size: bytes.length, digest: digest(bytes) });
const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: described('config.v1+json', config),
    layers: [described('layer.v1.tar+gzip', layer)],
}));
const blobs = new Map([layer, config, manifest].map(bytes => [digest(bytes), bytes]));

const server = createServer((request, response) => {
    const isManifest = request.url.includes('/manifests/');
    const bytes = isManifest ? manifest : blobs.get(request.url.split('/').at(-1));
    if (!bytes) {
        response.writeHead(request.url === '/v2/' ? 200 : 404).end();
        return;
    }
    response.writeHead(200, {
        'Content-Type': isManifest ? 'application/vnd.oci.image.manifest.v1+json' : 'application/octet-stream',
        'Content-Length': bytes.length,
        'Docker-Content-Digest': digest(bytes),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
});
server.listen(0, '127.0.0.1', () => writeFileSync(process.argv[2], `localhost:${server.address().port}/base:1`));
