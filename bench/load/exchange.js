// One keep-alive connection: writes a request, and finds the end of its answer. A raw socket, no
// parser of HTTP: it has to cost less than the server it measures.
import { connect } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n'; // RFC 9112 §7.1, without trailers.
const STATUS_AT = 'HTTP/1.1 '.length;
const STATUS_LENGTH = 3;

/**
 * An answer's status and its length on the wire.
 * @typedef {{ readonly status: string, readonly bytes: number, readonly text: string }} Answer
 */

/** @param {number} port @returns {Promise<Exchange>} */
export function openExchange(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(new Exchange(socket)));
    socket.once('error', reject);
  });
}

/** Asks one request after the other. */
export class Exchange {
  /** @type {import('node:net').Socket} */
  #socket;
  /** @type {Buffer} */
  #waiting = Buffer.alloc(0);
  /** The length of the last answer: most are as long as the one before. */
  #lastBytes = 0;
  /** @type {((status: string, bytes: number, data: Buffer) => void) | undefined} */
  #heard;

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (data) => this.#hear(data));
    socket.on('close', () => this.#heard?.('closed', 0, Buffer.alloc(0)));
    socket.on('error', () => {}); // 'close' follows.
  }

  /**
   * @param {string} request as it goes over the wire
   * @param {(status: string, bytes: number, data: Buffer) => void} heard called once
   */
  ask(request, heard) {
    this.#heard = heard;
    this.#socket.write(request, 'latin1');
  }

  /** @param {string} request @returns {Promise<Answer>} */
  askOnce(request) {
    return new Promise((resolve) => {
      this.ask(request, (status, bytes, data) => {
        resolve({ status, bytes, text: data.toString('latin1') });
      });
    });
  }

  close() {
    this.#heard = undefined;
    this.#socket.destroy();
  }

  /** @param {Buffer} data */
  #hear(data) {
    const isWhole = this.#waiting.length === 0 && data.length === this.#lastBytes;
    const all = isWhole ? data : Buffer.concat([this.#waiting, data]);
    const bytes = isWhole ? data.length : lengthOf(all);
    if (bytes === undefined || all.length < bytes) {
      this.#waiting = all;
      return;
    }
    this.#waiting = Buffer.alloc(0);
    this.#lastBytes = bytes;
    const status = all.toString('latin1', STATUS_AT, STATUS_AT + STATUS_LENGTH);
    const heard = this.#heard;
    this.#heard = undefined;
    heard?.(status, bytes, all);
  }
}

/** Of head and body; undefined while not enough of it is there to tell. @param {Buffer} data */
function lengthOf(data) {
  const headEnd = data.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = data.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return headEnd + HEAD_END.length + Number(length);
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    // Its first CRLF may be the head's last. No body of ours has this text inside.
    const last = data.indexOf(LAST_CHUNK, headEnd + HEAD_END.length / 2);
    return last === -1 ? undefined : last + LAST_CHUNK.length;
  }
  return headEnd + HEAD_END.length;
}
