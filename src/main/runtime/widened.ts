import { SightlineError } from '#shared/domain/errors.ts'
import { halfToFloat } from './halfFloat.ts'
import { QuantizedTensor } from './quantizedTensor.ts'
import { StoredTensor } from './storedTensor.ts'
import { floats, type HostTensor } from './tensor.ts'

/** A weight as float32 in memory: itself where it is that already, else a copy. */
export function widened(tensor: HostTensor): HostTensor<'f32'> {
  if (isWide(tensor)) return tensor
  const { data, dtype, shape } = tensor
  if (data instanceof Float32Array) return floats(shape, data)
  if (dtype === 'f16' && data instanceof Uint16Array) return floats(shape, halfToFloat(data))
  throw new SightlineError('bad_graph', `a weight of type ${dtype}`)
}

/** Whether a weight is float32 in memory. */
export function isWide(tensor: HostTensor): tensor is HostTensor<'f32'> {
  return tensor.dtype === 'f32' && !(tensor instanceof StoredTensor) && !(tensor instanceof QuantizedTensor)
}
