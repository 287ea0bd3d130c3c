import assert from "node:assert/strict";
import { describeEnvironment, repositoryRoot } from "@/files/environment.ts";

Deno.test("describeEnvironment() names every pinned package with its exact version", async () => {
  const { versions } = await describeEnvironment({ backends: {} });
  for (const name of ["deno", "v8", "onnxruntime-node", "sharp", "faiss-node", "vega-lite"]) {
    assert.match(versions[name] ?? "missing", /^\d+\.\d+\.\d+/, name);
  }
});

Deno.test("describeEnvironment() keeps the backends it is given and names no folder", async () => {
  const environment = await describeEnvironment({ backends: { yaml: "js-yaml" } });
  assert.deepEqual(environment.backends, { yaml: "js-yaml" });
  assert.ok(!JSON.stringify(environment).includes(repositoryRoot));
  assert.ok(environment.cores >= 1 && environment.memory_gib > 0);
});
