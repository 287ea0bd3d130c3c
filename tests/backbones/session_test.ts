import assert from "node:assert/strict";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { createGraph } from "@/backbones/onnx_graph.ts";
import { type GraphSession, openGraph, openSession, runGraph } from "@/backbones/session.ts";
import { findCached } from "@/files/cache.ts";
import { makeFolder } from "../helpers/folder.ts";

/** A file that doubles its input. */
async function writeDouble(folder: string) {
  const graph = createGraph({ name: "double" });
  const x = graph.input("x", { type: "float32", shape: ["n"] });
  const two = graph.tensor(Float32Array.of(2), { dims: [] });
  graph.output("y", graph.node("Mul", [x, two]), { type: "float32", shape: ["n"] });
  const make = (path: string) => Deno.writeFile(path, graph.encode());
  return await findCached({ folder, name: "double.onnx", make });
}

function optimizedFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /^optimized-[0-9a-f]{16}\.onnx$/.test(name));
}

async function double(session: GraphSession, value: number): Promise<number> {
  const { y } = await session.run({ x: { dims: [1], data: Float32Array.of(value) } });
  assert.deepEqual(y!.dims, [1]);
  return y!.data[0]!;
}

Deno.test("openSession() optimises a graph once, and again where the file is damaged", async () => {
  const folder = makeFolder();
  const file = await writeDouble(folder);
  const open = async (): Promise<void> => {
    const session = await openSession({ ...file, threads: 1, provider: "cpu" });
    assert.equal(await double(session, 21), 42);
    assert.deepEqual(session.extentsOf("x"), [null]);
    assert.throws(() => session.extentsOf("z"), {
      name: "RangeError",
      message: 'Cannot look up a tensor: the graph must have "z", got none',
    });
    await session.close();
  };
  await open();
  const [name] = optimizedFiles(folder);
  const written = (await Deno.stat(join(folder, name!))).mtime;
  await open();
  assert.deepEqual((await Deno.stat(join(folder, name!))).mtime, written);
  await Deno.truncate(join(folder, name!), 10);
  await open();
  assert.deepEqual(optimizedFiles(folder), [name]);
});

Deno.test("openSession() keeps optimised graphs of different files apart", async () => {
  const folder = makeFolder();
  const file = await writeDouble(folder);
  for (const hash of [file.hash, "0".repeat(64)]) {
    const session = await openSession({ path: file.path, hash, threads: 1, provider: "cpu" });
    await session.close();
  }
  assert.equal(optimizedFiles(folder).length, 2);
});

Deno.test("openSession() says which provider is not available and why", async () => {
  const available = ort.listSupportedBackends().find(({ name }) => name === "cuda")?.bundled;
  if (available) return; // a build that brings CUDA along would open the file
  const file = await writeDouble(makeFolder());
  await assert.rejects(
    openSession({ ...file, threads: 1, provider: "cuda" }),
    /^Error: Cannot open a backbone: RUNTIME\.provider must be available on this machine, "cuda" is not \(it needs Linux, .*\); ONNX Runtime says ".+"$/,
  );
});

Deno.test("openSession() says which file is no graph", async () => {
  const path = join(makeFolder(), "text.onnx");
  await Deno.writeTextFile(path, "not a graph");
  await assert.rejects(openSession({ path, hash: "", threads: 1, provider: "cpu" }), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(
      error.message.startsWith(
        `Cannot open "${path}": it must be a graph that ONNX Runtime can run, got "`,
      ),
      error.message,
    );
    return true;
  });
});

Deno.test("openGraph() says what is no graph", async () => {
  await assert.rejects(
    openGraph(Uint8Array.of(1, 2, 3), { threads: 1 }),
    /^Error: Cannot open a graph: it must be a graph that ONNX Runtime can run, got ".+"$/,
  );
});

/** A graph that gives the first value of every image, and counts its runs. */
function firstValues(): { session: GraphSession; sizes: number[] } {
  const sizes: number[] = [];
  const session: GraphSession = {
    extentsOf: () => [null, 3, 1, 2],
    run: ({ images }) => {
      const count = images!.dims[0]!;
      assert.deepEqual(images!.dims, [count, 3, 1, 2]);
      assert.equal(images!.data.length, 6 * count);
      sizes.push(count);
      const data = Float32Array.from({ length: count }, (_, i) => images!.data[6 * i]!);
      return Promise.resolve({ first: { dims: [count, 1], data } });
    },
    close: () => Promise.resolve(),
  };
  return { session, sizes };
}

Deno.test("runGraph() runs no more images at once than the graph takes, and joins in order", async () => {
  const data = Float32Array.from({ length: 30 }, (_, i) => i);
  const images = { count: 5, height: 1, width: 2, data };
  const expected = { first: { dims: [5, 1], data: Float32Array.of(0, 6, 12, 18, 24) } };
  for (
    const [limit, runs] of [[1, [1, 1, 1, 1, 1]], [2, [2, 2, 1]], [5, [5]], [Infinity, [
      5,
    ]]] as const
  ) {
    const { session, sizes } = firstValues();
    assert.deepEqual(await runGraph({ session, limit }, images), expected);
    assert.deepEqual(sizes, runs);
  }
});
