import assert from "node:assert/strict";
import { join } from "node:path";
import { mvtecClasses, readMvtec } from "@/io/datasets/mvtec.ts";
import { makeFolder } from "./helpers_folder.ts";

async function makeClasses(names: readonly string[]): Promise<string> {
  const folder = makeFolder();
  for (const name of names) {
    for (const part of ["train/good", "test/good", "test/scratch"]) {
      await Deno.mkdir(join(folder, name, part), { recursive: true });
      await Deno.writeTextFile(join(folder, name, part, "000.png"), "");
    }
  }
  return folder;
}

Deno.test("readMvtec() reads all fifteen classes, whatever else lies beside them", async () => {
  const folder = await makeClasses([...mvtecClasses, "cookie"]);
  const { name, classes, samples } = await readMvtec(folder);
  assert.equal(name, "MVTec");
  assert.deepEqual(classes, mvtecClasses);
  assert.equal(samples.length, 15 * 3);
});

Deno.test("readMvtec() does not let some classes pass for all", async () => {
  const folder = await makeClasses(mvtecClasses.slice(0, 14));
  await assert.rejects(readMvtec(folder), {
    message: `Cannot read MVTec AD: "${folder}" must hold all 15 classes, got 14 without "zipper"`,
  });
  assert.deepEqual((await readMvtec(folder, { classes: ["grid"] })).classes, ["grid"]);
});

Deno.test("readMvtec() suggests the class that was meant", async () => {
  await assert.rejects(readMvtec("mvtec", { classes: ["hazlenut"] }), {
    message: 'Cannot read MVTec AD: unknown class "hazlenut", did you mean "hazelnut"?',
  });
});
