import { gemm, matmul } from '#main/onnx/build/matmul.ts'
import { sumTo } from '#main/onnx/build/reduce.ts'
import type { MATMUL } from '#main/onnx/ops/matmul.ts'
import type { Node } from '#main/onnx/graph.ts'
import { type GradientRow, inputOf } from '../rule.ts'

/** C = alpha op(A) op(B), so dA = alpha dC op(B)^T and dB = alpha op(A)^T dC, transposed back where the operand was. */
const product: GradientRow = (dy, node) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)]
  const [transA, transB] = [flag(node, 'transA'), flag(node, 'transB')]
  const attribute = node.attributes['alpha']
  const alpha = attribute && 'float' in attribute ? attribute.float : 1
  return [
    () => sumTo(transA ? matmul(b, dy, { transA: transB, transB: true, alpha }) : matmul(dy, b, { transB: !transB, alpha }), a.shape),
    () => sumTo(transB ? matmul(dy, a, { transA: true, transB: transA, alpha }) : matmul(a, dy, { transA: !transA, alpha }), b.shape)
  ]
}

export const MATMUL_RULES: Record<keyof typeof MATMUL, GradientRow> = {
  MatMul: product,
  FusedMatMul: product,
  Gemm: (dy, node) => {
    const [a, b, bias] = [inputOf(node, 0), inputOf(node, 1), node.inputs[2]]
    const [transA, transB] = [flag(node, 'transA'), flag(node, 'transB')]
    return [
      () => (transA ? gemm(b, dy, { transA: transB, transB: true }) : gemm(dy, b, { transB: !transB })),
      () => (transB ? gemm(dy, a, { transA: true, transB: transA }) : gemm(a, dy, { transA: !transA })),
      bias ? () => sumTo(dy, bias.shape) : null
    ]
  }
}

function flag(node: Node, name: string): boolean {
  const attribute = node.attributes[name]
  return attribute !== undefined && 'int' in attribute && attribute.int === 1
}
