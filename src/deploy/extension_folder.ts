/**
 * Writes the folder of an extended model.
 *
 * @module
 */
import { join } from "node:path";
import type { OldRouting } from "@/deploy/routing_change.ts";
import { linkOrCopy, replaceFolder } from "@/files/write.ts";
import { statIfExists } from "@/files/read.ts";
import { saveExtendedModel } from "@/lab/model_store.ts";
import { thresholdFileName } from "@/lab/thresholds/threshold_files.ts";
import type { TrainedGroup } from "@/memory/trained_model.ts";
import type { ThresholdFile } from "@/thresholds/threshold_file.ts";

/** What goes into the folder. */
export interface ExtensionContent {
  /** Folder of the model that was extended. */
  readonly from: string;
  /** Its run. */
  readonly run: string;
  /** Whether another folder may be taken. */
  readonly overwrite: boolean;
  /** The groups that joined. */
  readonly added: readonly TrainedGroup[];
  /** The run's thresholds with those that joined. */
  readonly thresholds: ThresholdFile;
  /** The same of the model's own. */
  readonly modelThresholds: ThresholdFile;
  /** What the model is. */
  readonly identity: ThresholdFile["model"];
  /** Folder of the photographs. */
  readonly folderOfImages: string;
  /** Where old images go. */
  readonly routing: OldRouting;
}

/**
 * Writes the folder, whole or not at all: the model, its thresholds, the run's configuration, and
 * `extension.json`, which says what joined.
 */
export async function writeExtension(folder: string, content: ExtensionContent): Promise<void> {
  const { from, run, overwrite, added, thresholds, identity, routing, folderOfImages } = content;
  await replaceFolder(folder, async (temporary) => {
    const model = join(temporary, "model");
    await Deno.mkdir(model);
    await saveExtendedModel(model, { from, groups: added, thresholds: content.modelThresholds });
    const write = async (name: string, value: object): Promise<void> =>
      await Deno.writeTextFile(join(temporary, name), `${JSON.stringify(value, null, 2)}\n`);
    await write(thresholdFileName, thresholds);
    const config = join(run, "config.yaml");
    if (await statIfExists(config) !== null) {
      await linkOrCopy(config, join(temporary, "config.yaml"));
    }
    await write("extension.json", {
      schema: 1,
      model: identity,
      extended: run,
      photographs: folderOfImages,
      groups: added.map(({ name, trainCount, embeddings }) => ({
        ...{ name, images: trainCount, rows: embeddings.rows },
      })),
      old_routing: routingRecord(routing),
    });
  }, { mark: { kind: "extended model", of: identity }, overwrite });
}

/** What is known of old images, as JSON has it. */
export function routingRecord({ proven, seen, unknown, hasTest, moved }: OldRouting): object {
  return {
    ...{ proven, seen, unknown, test_images_known: hasTest },
    moved: moved.map(({ image: { image, split, label }, to }) => ({
      image,
      split,
      class: label,
      to,
    })),
  };
}
