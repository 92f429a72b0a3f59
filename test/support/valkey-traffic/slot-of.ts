/** The hash slot of a key, as the Valkey Cluster specification has it: CRC-16/XMODEM of what stands between the first braces, modulo 16384. */

const table = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  return crc;
});

/** @param key one character a byte */
export function slotOf(key: string): number {
  const open = key.indexOf("{");
  const close = open < 0 ? -1 : key.indexOf("}", open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (let at = 0; at < hashed.length; at += 1)
    crc = ((crc << 8) & 0xffff) ^ (table[((crc >> 8) ^ hashed.charCodeAt(at)) & 0xff] ?? 0);
  return crc % 16_384;
}
