/** Sending queued transactions as a device does: what has no answer yet goes again. */

/**
 * @param {any} client
 * @param {{ client: string, transactions: any[] }} request
 * @returns {Promise<any[]>} the answers up to the first transaction that is not applied
 */
export async function applyUntilRefused(client, { client: device, transactions }) {
  const results = [];
  while (results.length < transactions.length && (results.at(-1)?.state ?? 'applied') === 'applied') {
    results.push(...await client.applyAll({ client: device, transactions: transactions.slice(results.length) }));
  }
  return results;
}
