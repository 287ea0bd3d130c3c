/**
 * Runs independent asynchronous jobs, a few at a time.
 *
 * @module
 */

/**
 * Applies an asynchronous function to every item, with at most `limit` calls under way; results
 * keep the order of the items.
 *
 * After the first failure no further call starts, and it is thrown once those under way have ended.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  options: { limit: number; apply: (item: Item, index: number) => Promise<Result> },
): Promise<Result[]> {
  const { limit, apply } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(
      `Cannot run jobs concurrently: limit must be a positive integer, got ${limit}`,
    );
  }
  const results = new Array<Result>(items.length);
  const queue = items.entries();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return;
      try {
        results[index] = await apply(item, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
