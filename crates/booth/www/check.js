// Runs every vector file and every call that the server lists, shows and posts back what came out: the very text of
// each answer, so that it can be compared byte by byte with the native crate's.
import { Booth, random } from "./booth.js";

const state = document.getElementById("state");
const list = document.getElementById("results");
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

// One task: {label, name, file with its JSON, random: hex | number of fresh bytes}.
async function run(booth, task) {
  const json = await get(task.file);
  const bytes = typeof task.random === "number" ? random(task.random) : fromHex(task.random);
  const start = performance.now();
  let answer;
  try {
    answer = booth.answer(task.name, json, bytes);
  } catch (error) {
    answer = String(error);
  }
  return { answer, random: hex(bytes), ms: performance.now() - start };
}

async function runAll() {
  const start = performance.now();
  const booth = await Booth.load("booth.wasm");
  const loaded = performance.now() - start;
  const tasks = JSON.parse(await get("tasks.json"));
  const results = [];
  for (const task of tasks) {
    const result = await run(booth, task);
    results.push(result);
    const item = document.createElement("li");
    item.textContent = `${task.label}: ${Math.round(result.ms)} ms`;
    list.append(item);
    state.textContent = `${results.length} of ${tasks.length}`;
  }
  return {
    loaded,
    secure: isSecureContext,
    subtle: crypto.subtle !== undefined,
    address: location.href,
    results,
  };
}

async function main() {
  let report;
  try {
    report = await runAll();
    state.textContent = `Ran ${report.results.length}.`;
  } catch (error) {
    report = { error: String(error) };
    state.textContent = report.error;
    state.className = "bad";
  }
  await fetch("result", { method: "POST", body: JSON.stringify(report) });
}

main();
