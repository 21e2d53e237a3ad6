/** The kinds of bytes a project keeps, told by their first bytes. */
const SIGNATURES: readonly { mime: string; offset: number; bytes: readonly number[] }[] = [
  { mime: 'image/png', offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { mime: 'image/jpeg', offset: 0, bytes: [0xff, 0xd8, 0xff] },
  { mime: 'image/webp', offset: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
  { mime: 'image/gif', offset: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { mime: 'image/bmp', offset: 0, bytes: [0x42, 0x4d] },
  { mime: 'image/tiff', offset: 0, bytes: [0x49, 0x49, 0x2a, 0x00] },
  { mime: 'image/tiff', offset: 0, bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { mime: 'video/mp4', offset: 4, bytes: [0x66, 0x74, 0x79, 0x70] },
  { mime: 'video/webm', offset: 0, bytes: [0x1a, 0x45, 0xdf, 0xa3] },
  { mime: 'video/x-msvideo', offset: 8, bytes: [0x41, 0x56, 0x49, 0x20] }
]

/** The media type of known signatures (picture and video containers), null for anything else. */
export function mimeOfBytes(bytes: Uint8Array): string | null {
  const hit = SIGNATURES.find(({ offset, bytes: expected }) => expected.every((byte, i) => bytes[offset + i] === byte))
  return hit?.mime ?? null
}
