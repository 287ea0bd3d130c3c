/**
 * Odd training images as a finished run lists them.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { checkDocument } from "@/files/document_schema.ts";
import { statIfExists } from "@/files/read.ts";
import { describeOdd, type OddTrainingImage } from "@/lab/thresholds/odd_training.ts";

const resultsFile = z.looseObject({
  dataset: z.string(),
  classes: z.record(z.string(), z.looseObject({ n_train: z.int().min(0) })),
  odd_training_images: z.array(z.looseObject({
    image: z.string(),
    group: z.string(),
    score: z.number(),
    limit: z.number(),
  })),
});

/** Odd training images of a run, and one line about them. */
export interface ListedOddImages {
  /** The images, the oddest first. */
  readonly odd: readonly OddTrainingImage[];
  /** What is said of them. */
  readonly line: string;
}

/** Reads the odd training images of a run on a dataset. */
export async function readOddImages(
  run: string,
  { dataset }: { dataset: string },
): Promise<ListedOddImages> {
  const path = join(run, "test_results.json"), task = `Cannot list odd training images of "${run}"`;
  if (await statIfExists(path) === null) {
    throw new RangeError(
      `${task}: it must be the folder of a run, got one without test_results.json`,
    );
  }
  const file = checkDocument(JSON.parse(await Deno.readTextFile(path)), {
    schema: resultsFile,
    refuse: ({ path: keys, requirement }) =>
      new RangeError(
        `${task}: "${keys.join(".")}" of test_results.json must be ${requirement}; ` +
          "runs of earlier versions must run again",
      ),
  });
  if (file.dataset !== dataset) {
    throw new RangeError(`${task}: it must be a run on "${dataset}", got one on "${file.dataset}"`);
  }
  const images = Object.values(file.classes).reduce((sum, { n_train }) => sum + n_train, 0);
  const odd = file.odd_training_images;
  return {
    odd,
    line: describeOdd(odd, { images }) ?? `None of ${images} training images looks odd.`,
  };
}
