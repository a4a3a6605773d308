import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does to a file; numbers are positions in the body. */
export type Fault =
  /** Destroys the connection. */
  | { readonly cut: number }
  /** Closes the connection as if all had been said. `announced`: it had said how much would come. */
  | { readonly short: number; readonly announced: boolean }
  /** Changes one bit. */
  | { readonly flip: number }
  /** Falls silent and keeps the connection. */
  | { readonly stall: number }
  /** Sends six pieces with a pause of so many milliseconds before each. */
  | { readonly drip: number }
  | { readonly status: number }
  | { readonly redirect: string }
  /** A web page with status 200, `as` a web page or as anything. */
  | { readonly page: string; readonly as: string };

/** A server on 127.0.0.1 that brings files, some of them badly. */
export interface FaultyServer {
  readonly url: string;
  /** Path → content. Paths that end in `/` are web pages. */
  readonly files: Record<string, Buffer>;
  /** Path → what goes wrong with it. */
  readonly faults: Record<string, Fault>;
  /** Every path that was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function faultyServer(): Promise<FaultyServer> {
  const files: Record<string, Buffer> = {};
  const faults: Record<string, Fault> = {};
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!;
    asked.push(path);
    const content = files[path];
    if (content) answer(response, path, content, faults[path]);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, files, faults, asked, close: () => closed(server) };
}

function answer(response: ServerResponse, path: string, content: Buffer, fault: Fault | undefined): void {
  const type = path.endsWith('/') ? 'text/html' : 'application/octet-stream';
  // Kept for a year, as package indices say of their files.
  const head = { 'content-type': type, 'content-length': content.length, 'cache-control': 'max-age=31536000' };
  const part = (length: number, then: () => void): void => {
    response.writeHead(200, head).write(content.subarray(0, length), () => setTimeout(then, 20));
  };
  if (!fault) response.writeHead(200, head).end(content);
  else if ('cut' in fault) part(fault.cut, () => response.socket?.resetAndDestroy());
  else if ('stall' in fault) part(fault.stall, () => {});
  else if ('drip' in fault) {
    const size = Math.ceil(content.length / 6);
    const drip = (at: number): void => {
      if (at >= content.length) return void response.end();
      response.write(content.subarray(at, at + size));
      setTimeout(() => drip(at + size), fault.drip);
    };
    response.writeHead(200, head);
    setTimeout(() => drip(0), fault.drip);
  } else if ('flip' in fault) {
    const changed = Buffer.from(content);
    changed[fault.flip]! ^= 1;
    response.writeHead(200, head).end(changed);
  } else if ('status' in fault) response.writeHead(fault.status).end('no');
  else if ('redirect' in fault) response.writeHead(302, { location: fault.redirect }).end();
  else if ('page' in fault) response.writeHead(200, { 'content-type': fault.as }).end(fault.page);
  else if (fault.announced) part(fault.short, () => response.socket?.end());
  else {
    response.useChunkedEncodingByDefault = false; // the end of the connection is all that tells the end of the body
    response.writeHead(200, { 'content-type': type, connection: 'close' }).end(content.subarray(0, fault.short));
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
