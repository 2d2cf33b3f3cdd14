import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../src/deliver/destination.js';
import { digestOf } from '../../src/keys/digest.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { expectNothingOf } from '../security/canaries.js';
import { kinds } from '../setup/vendors/kinds.js';
import { outsideOf } from '../setup/vendors/outside.js';
import { UNWANTED, type Vendor } from '../setup/vendors/vendor.js';

const OLD = 'key_live_0ldS3cretValue4aXk9TzQ1mWb7uRc2yLh5sJd8';
const NEW = 'key_live_N3wS3cretValue6fPg0VnEo4iKx7tBq9wMz1rYa';
const OTHER = 'key_live_0therValue8cDs2JhWl5vGe3uXy6pNk9bTm0oQf';
const delivery = { id: 'dlv_1', secretNumber: 2 };

describe.each(kinds)('$name', (kind) => {
  let vendor: Vendor;
  /** What was said; no value and no credential may stand in it. */
  let said: unknown[];

  beforeEach(async () => {
    said = [];
    vendor = await kind.start();
  });
  afterEach(async () => {
    await vendor.close();
    const text = JSON.stringify(said);
    expectNothingOf([OLD, NEW, OTHER, kind.credential], text);
    expect(vendor.violations).toEqual([]);
  });

  function opened({ env = kind.credential, isElsewhere = false, timeoutMs = 5_000 } = {}) {
    const settings = kind.connection(vendor.url, { env: 'CREDENTIAL' });
    const elsewhere = { ...settings, url: `${vendor.url}/elsewhere` };
    const outside = outsideOf({ target: settings, elsewhere }, { credential: env, timeoutMs });
    return recorded(kind.open(outside, isElsewhere));
  }

  function recorded(destination: Destination): Destination {
    const keep = async <T>(answer: Promise<T>): Promise<T> => {
      said.push(await answer);
      return answer;
    };
    said.push(destination.place);
    return {
      place: destination.place,
      preflight: () => keep(destination.preflight()),
      read: () => keep(destination.read()),
      write: (...given) => keep(destination.write(...given)),
      readBack: (written) => keep(destination.readBack(written)),
      reload: () => keep(destination.reload()),
    };
  }

  function found(value: string) {
    return kind.isReadable
      ? { kind: 'found', fingerprint: digestOf(value) }
      : { kind: 'unreadable', version: expect.any(String) };
  }

  test('a look at it before changes nothing', async () => {
    vendor.put(OLD);
    const destination = opened();
    expect(await destination.preflight()).toEqual({ kind: 'ready' });
    expect(await destination.read()).toMatchObject(found(OLD));
    expect([vendor.held(), vendor.writeCount]).toEqual([OLD, 0]);
  });

  test('a value is written over the one that was read, and read back', async () => {
    vendor.put(OLD);
    const destination = opened();
    const written = await destination.write(new Plaintext(NEW), await destination.read(), delivery);
    expect(written).toMatchObject({ kind: 'written' });
    expect(vendor.held()).toBe(NEW);
    expect(await destination.readBack(written)).toMatchObject(found(NEW));
  });

  test('a first value is written where none stands', async () => {
    const destination = opened();
    const before = await destination.read();
    expect(await destination.preflight()).toEqual({ kind: 'ready' });
    expect(before.kind).toBe(kind.name === 'webhook' ? 'unreadable' : 'absent');
    expect(await destination.write(new Plaintext(NEW), before, delivery)).toMatchObject({
      kind: 'written',
    });
    expect(vendor.held()).toBe(NEW);
  });

  test('what somebody else wrote since is not overwritten', async () => {
    vendor.put(OLD);
    const destination = opened();
    const before = await destination.read();
    vendor.put(OTHER);
    expect(await destination.write(new Plaintext(NEW), before, delivery)).toEqual({
      kind: 'drift',
      found: kind.isReadable ? digestOf(OTHER) : null,
    });
    expect(vendor.held()).toBe(OTHER);
  });

  test('what somebody else writes in that very moment stays, where the target compares', async () => {
    vendor.put(OLD);
    const destination = opened();
    const before = await destination.read();
    vendor.beforeWrite = () => vendor.put(OTHER);
    const done = await destination.write(new Plaintext(NEW), before, delivery);
    expect(done.kind).toBe(kind.comparesItself ? 'drift' : 'written');
    expect(vendor.held()).toBe(kind.comparesItself ? OTHER : NEW);
  });

  test('a wrong or missing credential needs a person', async () => {
    vendor.put(OLD);
    const before = await opened().read();
    for (const env of [`${kind.credential.slice(0, -6)}AAAAAA`, '']) {
      const destination = opened({ env });
      const auth = { kind: 'failed', class: 'destination_auth' };
      expect(await destination.preflight()).toMatchObject(auth);
      expect(await destination.read()).toMatchObject(auth);
      expect(await destination.write(new Plaintext(NEW), before, delivery)).toMatchObject({
        ...auth,
        message: expect.stringMatching(/connection "target"/i),
      });
    }
    expect(vendor.held()).toBe(OLD);
  });

  test('a place that is not there needs a person', async () => {
    const destination = opened({ isElsewhere: true });
    const missing = { kind: 'failed', class: 'target_missing' };
    expect(await destination.preflight()).toMatchObject(missing);
    expect(await destination.read()).toMatchObject(missing);
  });

  test('who asks for a pause is given it', async () => {
    vendor.put(OLD);
    const destination = opened();
    const before = await destination.read();
    vendor.fault = 'throttled';
    const throttled = { kind: 'failed', class: 'throttled', retryAfterMs: 7_000 };
    expect(await destination.read()).toMatchObject(throttled);
    expect(await destination.write(new Plaintext(NEW), before, delivery)).toMatchObject(throttled);
    vendor.fault = undefined;
    expect(await destination.write(new Plaintext(NEW), before, delivery)).toMatchObject({
      kind: 'written',
    });
  });

  test('who is down is tried again', async () => {
    vendor.put(OLD);
    const destination = opened();
    const before = await destination.read();
    vendor.fault = 'down';
    const transient = { kind: 'failed', class: 'transient' };
    expect(await destination.preflight()).toMatchObject(transient);
    expect(await destination.write(new Plaintext(NEW), before, delivery)).toMatchObject(transient);
    await vendor.close();
    expect(await destination.read()).toMatchObject(transient);
  });

  test('a value that is not taken is said so', async () => {
    vendor.put(OLD);
    const destination = opened();
    const value = new Plaintext(`${NEW}${UNWANTED}`);
    expect(await destination.write(value, await destination.read(), delivery)).toMatchObject({
      kind: 'failed',
      class: 'value_rejected',
    });
    expect(vendor.held()).toBe(OLD);
  });

  test('what was written and not answered is found written', async () => {
    vendor.put(OLD);
    const before = await opened().read();
    vendor.fault = 'mute';
    const hasty = opened({ timeoutMs: 400 });
    expect(await hasty.write(new Plaintext(NEW), before, delivery)).toMatchObject({
      kind: 'failed',
      class: 'transient',
    });
    vendor.fault = undefined;
    expect(vendor.held()).toBe(NEW);
    const after = await opened().read();
    expect(after).toMatchObject(found(NEW));
    // As before a crash: with what was read at first. Where nobody can tell, it is drift.
    expect(await opened().write(new Plaintext(NEW), before, delivery)).toMatchObject({
      kind: kind.isReadable ? 'written' : 'drift',
    });
    expect([vendor.held(), vendor.writeCount]).toEqual([NEW, 1]);
  });
});
