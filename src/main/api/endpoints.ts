import { ChatClient } from '../endpoint/chatClient.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { os } from './implement.ts'

export function endpointHandlers(workshop: Workshop) {
  const { endpoints } = workshop
  return os.endpoints.router({
    list: os.endpoints.list.handler(() => endpoints.list()),
    add: os.endpoints.add.handler(({ input: { apiKey, ...endpoint } }) => endpoints.add(endpoint, apiKey)),
    remove: os.endpoints.remove.handler(async ({ input }) => {
      await endpoints.remove(input.name)
      return {}
    }),
    test: os.endpoints.test.handler(async ({ input, signal }) => {
      const { endpoint, key } = await endpoints.open(input.name)
      // A person waits for this: no second try.
      const models = await new ChatClient({ ...endpoint, retries: 0 }, key, signal === undefined ? {} : { signal }).models()
      return { models, modelFound: models.includes(endpoint.model) }
    })
  })
}
