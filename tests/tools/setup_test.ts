import assert from "node:assert/strict";
import { join } from "node:path";
import {
  chooseApt,
  compilerArguments,
  compilerComplaint,
  describeOutcome,
  editKernelspec,
  heapMebibytes,
  isDone,
  parseState,
  stateText,
} from "../../tools/setup_plan.ts";
import { digest, exists, lastLines, run } from "../../tools/setup_system.ts";

Deno.test("parseState() reads what stateText() wrote", () => {
  const state = { packages: "a1", kernel: "b2" };
  assert.deepEqual(parseState(stateText(state)), state);
});

Deno.test("parseState() starts anew when the file is missing, damaged or of another layout", () => {
  const unusable = [
    null,
    "",
    "{",
    "null",
    "[]",
    '{"steps":{"kernel":"b2"}}',
    '{"schema":2,"steps":{"kernel":"b2"}}',
    '{"schema":1,"steps":7}',
  ];
  for (const text of unusable) assert.deepEqual(parseState(text), {}, String(text));
  assert.deepEqual(parseState('{"schema":1,"steps":{"kernel":"b2","packages":3}}'), {
    kernel: "b2",
  });
});

Deno.test("isDone() needs the step's files and the same inputs", () => {
  const state = { kernel: "b2" };
  const step = { name: "kernel", digest: "b2", isPresent: true };
  assert.equal(isDone(state, step), true);
  assert.equal(isDone(state, { ...step, digest: "b3" }), false);
  assert.equal(isDone(state, { ...step, isPresent: false }), false);
  assert.equal(isDone(state, { ...step, name: "packages" }), false);
  assert.equal(isDone({}, { ...step, name: "toString", digest: "" }), false);
});

Deno.test("chooseApt() uses root, then sudo, and otherwise says why not", () => {
  const root = { uid: 0, hasApt: true, hasSudo: false, isAllowed: true };
  assert.deepEqual(chooseApt(root), { command: ["apt-get"] });
  assert.deepEqual(chooseApt({ ...root, uid: 1000, hasSudo: true }), {
    command: ["sudo", "-n", "apt-get"],
  });
  assert.deepEqual(chooseApt({ ...root, uid: 1000 }), {
    reason: "system packages need root, or sudo without a password",
  });
  assert.deepEqual(chooseApt({ ...root, uid: null, hasApt: false }), {
    reason: "there is no apt-get",
  });
  assert.deepEqual(chooseApt({ ...root, isAllowed: false }), {
    reason: "HIERCORE_APT=0 forbids system packages",
  });
});

Deno.test("compilerArguments() names the header before the source and the libraries after it", () => {
  const args = compilerArguments({
    package: "p",
    addonApi: "a",
    apiHeaders: "h",
    indexType: "i.h",
    output: "o.node",
  });
  const source = args.indexOf("p/src/faiss.cc");
  assert.equal(args[args.indexOf("-include") + 1], "i.h");
  assert.ok(args.indexOf("-include") < source);
  assert.ok(args.indexOf("-Ih/include") < source && args.indexOf("-Ia") < source);
  assert.ok(args.indexOf("-lfaiss") > source && args.indexOf("-lopenblas") > source);
  assert.deepEqual(args.slice(-2), ["-o", "o.node"]);
});

Deno.test("compilerComplaint() keeps the first error and drops the place", () => {
  assert.equal(
    compilerComplaint(
      "In file a.cc\na.cc:5:10: fatal error: faiss/IndexFlat.h: No such file\n 5 |",
    ),
    "faiss/IndexFlat.h: No such file",
  );
  assert.equal(compilerComplaint("g++ was not found\n"), "g++ was not found");
});

Deno.test("editKernelspec() changes what matters and keeps the rest", () => {
  const written = JSON.stringify({
    argv: ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
    env: { KEPT: "1" },
  });
  const settings = { deno: "path/deno", memory: 8 * 2 ** 30 };
  const own = ["path/deno", "jupyter", "--kernel", "--conn", "{connection_file}"];
  const edited = JSON.parse(editKernelspec(written, { ...settings, isWindows: true }));
  assert.deepEqual(edited, {
    argv: own,
    display_name: "HierCore Lab (Deno)",
    language: "typescript",
    interrupt_mode: "signal",
    env: { KEPT: "1", DENO_V8_FLAGS: "--max-old-space-size=4096" },
  });
  const elsewhere = JSON.parse(editKernelspec(written, { ...settings, isWindows: false }));
  const [shell, ...rest] = elsewhere.argv;
  assert.equal(shell, "/bin/sh");
  assert.deepEqual(rest, ["-c", 'trap "" INT; exec "$0" "$@"', ...own]);
  assert.throws(() => editKernelspec('{"argv":["deno"]}', { deno: "d", memory: 1 }), {
    name: "SyntaxError",
    message: 'Cannot set up the kernel: kernel.json must have "argv" with "{connection_file}", ' +
      'got ["deno"]',
  });
});

Deno.test("heapMebibytes() takes half of the memory within limits", () => {
  assert.equal(heapMebibytes(2 ** 30), 2048);
  assert.equal(heapMebibytes(12 * 2 ** 30), 6144);
  assert.equal(heapMebibytes(256 * 2 ** 30), 16384);
});

Deno.test("describeOutcome() fits every outcome on one line", () => {
  assert.equal(describeOutcome({ kind: "present", text: "" }, 0.04), "already there, 0.0 s");
  assert.equal(describeOutcome({ kind: "done", text: "" }, 2), "done, 2.0 s");
  assert.equal(describeOutcome({ kind: "done", text: "compiled" }, 2), "done, 2.0 s: compiled");
  assert.equal(
    describeOutcome({ kind: "notice", text: "no notebooks:\n  no python3\n" }, 1),
    "NOTICE, 1.0 s: no notebooks:; no python3",
  );
});

Deno.test("run() reports success, failure, a missing program and a time limit", async () => {
  const evaluate = (code: string): string[] => [Deno.execPath(), "eval", code];
  assert.deepEqual(await run(evaluate("console.log('out'); console.error('err')")), {
    success: true,
    output: "out\nerr\n",
  });
  assert.equal((await run(evaluate("Deno.exit(3)"))).success, false);
  assert.deepEqual(await run(["hiercore-no-such-program"]), {
    success: false,
    output: "hiercore-no-such-program was not found",
  });
  const late = await run(evaluate("setInterval(() => {}, 1000)"), { seconds: 0.5 });
  assert.equal(late.success, false);
  assert.match(late.output, /took longer than 0\.5 s/);
});

Deno.test("lastLines() keeps the last two lines that say something", () => {
  assert.equal(lastLines("one\n\n two \nthree\n\n"), "two; three");
  assert.equal(lastLines("\n"), "");
});

Deno.test("digest() tells apart texts that are divided differently", async () => {
  assert.equal(await digest(["a", "b"]), await digest(["a", "b"]));
  assert.notEqual(await digest(["a", "b"]), await digest(["ab"]));
  assert.match(await digest([]), /^[0-9a-f]{64}$/);
});

Deno.test("exists() takes a dangling link for missing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(join(folder, "nothing"), join(folder, "link"));
    assert.equal(await exists(folder), true);
    assert.equal(await exists(join(folder, "nothing")), false);
    assert.equal(await exists(join(folder, "link")), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
