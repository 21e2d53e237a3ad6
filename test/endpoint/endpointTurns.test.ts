import { expect, it, onTestFinished } from 'vitest'
import { ChatClient } from '#main/endpoint/chatClient.ts'
import { EndpointTurns } from '#main/endpoint/endpointTurns.ts'
import { decodeImage } from '#main/image/codec.ts'
import { blankImage } from '#main/image/rawImage.ts'
import { rollOut } from '#main/rollout/group.ts'
import type { TurnRequest } from '#main/rollout/turn.ts'
import { answer, drawing, item, options, sampling } from '../rollout/material.ts'
import { type Answer, fakeServer, said } from './fakeServer.ts'

async function turns(answers: readonly Answer[]) {
  const server = await fakeServer((_asked, count) => answers[count - 1] ?? { status: 400 })
  onTestFinished(() => server.close())
  return { server, generator: new EndpointTurns(new ChatClient(server.endpoint(), null)) }
}

it('a path is rolled out by the same loop: drawn pictures go back in their place, the dialogue grows', async () => {
  const { server, generator } = await turns([said(drawing(1, 14)), said(answer)])
  const [path] = await rollOut([{ item, images: [blankImage(112, 112)], seed: 7, groupIndex: 0 }], generator, options, { concurrency: 1 })
  expect(path).toMatchObject({ answer: 'B', finishReason: 'answered', finishStep: 1 })
  expect(path?.steps.map(({ tokens }) => tokens)).toEqual([null, null])
  const messages = server.asked[1]?.body?.messages ?? []
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  expect(messages[1]?.content).toBe(drawing(1, 14))
  const [picture, words] = Array.isArray(messages[2]?.content) ? messages[2].content : []
  const png = /^data:image\/png;base64,(.+)$/.exec(picture?.image_url?.url ?? '')?.[1] ?? ''
  expect(await decodeImage(Buffer.from(png, 'base64'))).toEqual(path?.steps[0]?.observations[0]?.image)
  expect(words?.text).toContain('Image 2.')
})

const request: TurnRequest = { conversation: 0, user: { system: 'Be brief.', text: 'Look: <image>?', images: [blankImage(28, 28)] }, seed: 1, maxTokens: 50 }

it('a system text is a message of its own, text and pictures keep their order', async () => {
  const { server, generator } = await turns([said('Hm')])
  await generator.generate([request], sampling)
  const [system, user] = server.asked[0]?.body?.messages ?? []
  expect(system).toEqual({ role: 'system', content: 'Be brief.' })
  expect(Array.isArray(user?.content) && user.content.map((part) => part.text ?? part.type)).toEqual(['Look: ', 'image_url', '?'])
})

it('limits end turns and paths', async () => {
  const { server, generator } = await turns([said('long', { reason: 'length', prompt: 900, completion: 50 }), said('longer', { reason: 'length', prompt: 990, completion: 50 })])
  const limited = { ...sampling, maxTurnTokens: 60, maxTotalTokens: 1000 }
  const endings = []
  for (let turn = 0; turn < 3; turn++) endings.push(...(await generator.generate([{ ...request, maxTokens: 60 }], limited)).map(({ ending }) => ending))
  expect(endings).toEqual(['turn_length', 'total_length', 'total_length'])
  expect(server.asked.map(({ body }) => body?.max_tokens)).toEqual([60, 50])
})

it('a failing request fails its turn after the others have ended', async () => {
  const { generator } = await turns([said('Hm'), { status: 400, body: { error: 'no' } }])
  await expect(generator.generate([request, { ...request, conversation: 1 }], sampling)).rejects.toMatchObject({ code: 'bad_input' })
})
