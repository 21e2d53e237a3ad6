/** A field that its dialog's start button waits for. @throws RangeError when asked before it is filled in */
export function chosen<T>(value: T | null): T {
  if (value === null) throw new RangeError('The start button must wait until this is chosen')
  return value
}
