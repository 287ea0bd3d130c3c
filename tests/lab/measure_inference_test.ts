import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { fitMemory } from "@/lab/fit_memory.ts";
import { measureInference } from "@/lab/measure_inference.ts";
import { openWorkbench } from "@/lab/workbench.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

Deno.test("measureInference() measures every stage from the file to the map", async () => {
  const folder = await makeTinyDataset({ train: 2, normal: 1, anomalous: 1 });
  const workbench = await openWorkbench(
    await tinyConfig(folder, ["MODEL.sampler=random", "MODEL.layers=[stride16, stride8]"]),
  );
  const training = await workbench.embedTraining();
  const { detector } = await fitMemory(workbench, { training, grouping: "all" });
  const options = { backbone: embeddedBackbone, detector, runs: 2, warmUp: 1 };
  const costs = await measureInference(workbench, options);
  assert.deepEqual(costs.map(({ stage }) => stage), [
    "decode and crop",
    "backbone to stride8",
    "backbone, on to stride16",
    "backbone, on to stride32",
    "patch embedding and pooling",
    "routing",
    "search",
    "anomaly map",
  ]);
  assert.ok(costs.every(({ milliseconds }) => milliseconds >= 0));
  await assert.rejects(measureInference(workbench, { ...options, runs: 0 }), {
    message: "Cannot measure stages: runs must be an integer from 1, got 0",
  });
  await detector.close();
  await workbench.close();
});
