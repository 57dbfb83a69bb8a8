// How many tries of the built-in proof of work does WebCrypto do in a second, with one worker?
// Run: node proving/bench/proof_of_work.mjs [seconds]
const seconds = Number(process.argv[2] ?? 3);
const subtle = globalThis.crypto.subtle;
const text = new TextEncoder();

async function version1(number) {
  await subtle.digest("SHA-256", text.encode(`0123456789abcdef01234567?expires=1780000000&${number}`));
}

async function version2(counter) {
  const password = new Uint8Array(20);
  new DataView(password.buffer).setUint32(16, counter);
  const key = await subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  await subtle.deriveBits({ name: "PBKDF2", salt: new Uint8Array(16), iterations: 1000, hash: "SHA-256" }, key, 256);
}

for (const [name, attempt, tries] of [["altcha-v1", version1, 10000], ["altcha", version2, 500]]) {
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < seconds * 1000) {
    await attempt(count++);
  }
  const rate = (count / (performance.now() - began)) * 1000;
  console.log(`${name}: ${Math.round(rate)} tries/s, ${(tries / rate).toFixed(2)} s on average at an effort of 1`);
}
