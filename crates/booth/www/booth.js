// The booth: the module booth.wasm behind one function. Plain ES2020, no dependency; works on plain HTTP.

const utf8 = new TextEncoder();
const text = new TextDecoder();

// `count` fresh random bytes. The module has no other source.
export function random(count) {
  const bytes = new Uint8Array(count);
  crypto.getRandomValues(bytes);
  return bytes;
}

export class Booth {
  // `module`: what the instance exports; only this file knows it.
  constructor(module) {
    this.module = module;
  }

  static async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), {});
    return new Booth(instance.exports);
  }

  // Calls a function of the module with JSON and random bytes; its answer is JSON, as text. Throws only when the
  // input is over the module's limits or the module itself has failed; it is of no more use then.
  answer(name, json, randomBytes) {
    const module = this.module;
    const parts = [utf8.encode(name), utf8.encode(json), randomBytes];
    let address = module.booth_input(...parts.map((part) => part.length));
    if (address === 0) throw new RangeError(`${name}: input too large`);
    // The memory may have grown, and with it moved: look at it anew after each call.
    for (const part of parts) {
      new Uint8Array(module.memory.buffer, address, part.length).set(part);
      address += part.length;
    }
    const length = module.booth_call();
    const answer = text.decode(new Uint8Array(module.memory.buffer, module.booth_output(), length));
    module.booth_clear();
    return answer;
  }

  // The same with values: takes an argument, gives the value or throws the refusal.
  call(name, argument, randomBytes) {
    const { ok, value, error } = JSON.parse(this.answer(name, JSON.stringify(argument), randomBytes));
    if (!ok) throw Object.assign(new Error(error.message), { kind: error.kind });
    return value;
  }
}
