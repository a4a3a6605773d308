import { expect, test } from 'vitest';
import { type PipFailure, pipFailure } from '../src/pip-failure.js';

const TRACEBACK = `ERROR: Exception:
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/pip/_vendor/urllib3/response.py", line 438, in _error_catcher
    yield
During handling of the above exception, another exception occurred:
`;
const [good, bad] = ['a'.repeat(64), 'b'.repeat(64)];
const path = `/packages/6f/a5/${'0'.repeat(60)}/mil-1.0.5-py3-none-any.whl`;

// As pip writes it; the versions say from which output.
test.each<[string, string, PipFailure['kind'], string]>([
  [
    'a reset connection (22 to 26)',
    `${TRACEBACK}pip._vendor.urllib3.exceptions.ProtocolError: ("Connection broken: ConnectionResetError(104, 'Connection reset by peer')", ConnectionResetError(104, 'Connection reset by peer'))\n`,
    'broken',
    'connection broken: Connection reset by peer',
  ],
  [
    'a body that ends too soon',
    `${TRACEBACK}pip._vendor.urllib3.exceptions.ProtocolError: ('Connection broken: IncompleteRead(50000 bytes read, 50102 more expected)', IncompleteRead(50000 bytes read, 50102 more expected))\n`,
    'broken',
    'connection broken: 50000 bytes read, 50102 more expected',
  ],
  [
    'silence (22 to 25.0)',
    `${TRACEBACK}pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPConnectionPool(host='127.0.0.1', port=80): Read timed out.\n`,
    'broken',
    'the connection fell silent',
  ],
  [
    'an incomplete download (25.3, 26.0)',
    `  WARNING: Connection timed out while downloading.
  WARNING: Attempting to resume incomplete download (0 bytes/100 kB, attempt 1)
error: incomplete-download

× Download failed after 2 attempts because not enough bytes were received (50 kB/100 kB)
╰─> URL: https://example.org/files/pack-1.2-py3-none-any.whl

note: This is an issue with network connectivity, not pip.
hint: Use --resume-retries to configure resume attempt limit.
`,
    'broken',
    'Download failed after 2 attempts because not enough bytes were received (50 kB/100 kB)',
  ],
  [
    'a wrong hash (22 to 26)',
    `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    pack==1.2 from https://example.org/pack-1.2-py3-none-any.whl#sha256=${good}:
        Expected sha256 ${good}
             Got        ${bad}
\n`,
    'damaged',
    'what came has SHA-256 bbbbbbbbbbbb… where aaaaaaaaaaaa… was expected',
  ],
  [
    'a wheel cut short, without a hash',
    `ERROR: Wheel 'pack' located at /tmp/pip-unpack-z537tjwn/pack-1.2-py3-none-any.whl is invalid.\n`,
    'damaged',
    'what came is no whole package file',
  ],
  [
    'a file that is not there: the status stands behind an address longer than the line',
    `  ERROR: HTTP error 404 while getting https://example.org${path}#sha256=${good} (from https://example.org/simple/mil/)
ERROR: Could not install requirement mil==1.0.5 from https://example.org${path}#sha256=${good} because of HTTP error 404 Client Error: Not Found for url: https://example.org${path} for URL https://example.org${path}\n`,
    'other',
    'HTTP error 404',
  ],
  [
    'a server out of order',
    `${TRACEBACK}pip._vendor.requests.exceptions.RetryError: HTTPConnectionPool(host='example.org', port=443): Max retries exceeded with url: ${path} (Caused by ResponseError('too many 500 error responses'))\n`,
    'other',
    'HTTP error 500',
  ],
  [
    'a host of the files that is not reached, where the index was',
    `${TRACEBACK}pip._vendor.requests.exceptions.ConnectionError: HTTPSConnectionPool(host='example.org', port=443): Max retries exceeded with url: ${path} (Caused by NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f1>: Failed to establish a new connection: [Errno 111] Connection refused'))\n`,
    'other',
    'Failed to establish a new connection: [Errno 111] Connection refused',
  ],
  [
    'no index',
    'ERROR: Could not find a version that satisfies the requirement pack==1.2 (from versions: none)\nERROR: No matching distribution found for pack==1.2\n',
    'absent',
    'the package index does not answer, or does not have it',
  ],
  ['a full disk', `${TRACEBACK}OSError: [Errno 28] No space left on device\n`, 'full', 'no space left on the disk'],
  ['words that are not known', 'WARNING: hm\nERROR: no route to the index\n', 'other', 'no route to the index'],
  ['a traceback that is not known', `${TRACEBACK}pip._internal.exceptions.Odd: so it is\n`, 'other', 'Odd: so it is'],
  ['nothing', '', 'other', 'no message'],
])('pip’s words for %s', (_what, stderr, kind, reason) => {
  expect(pipFailure(stderr)).toEqual({ kind, reason });
});
