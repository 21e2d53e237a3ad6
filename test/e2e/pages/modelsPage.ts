import { Studio } from './studio.ts'

export class ModelsPage extends Studio {
  /** Opens the import dialog; returns the folder it offers. */
  async openImport(): Promise<string> {
    await this.at('import-model').click()
    await this.at('import-model-dialog').waitFor()
    await this.at('import-model-found').waitFor()
    return this.at('import-model-path').inputValue()
  }

  /** Starts the import of the open dialog; returns how its job ended. */
  async import(path: string, name: string): Promise<string> {
    await this.at('import-model-path').fill(path)
    await this.at('import-model-name').fill(name)
    await this.at('import-model-start').click()
    return this.jobEnd()
  }

  /** Shows a model's panel. */
  async show(name: string): Promise<void> {
    await this.at('model-choose').filter({ hasText: name }).click()
    await this.page.getByRole('region', { name, exact: true }).getByTestId('memory-plans').waitFor()
  }

  /** Words of the row of a use: parts of its memory, and whether it fits. */
  plan(use: 'rollout' | 'lora' | 'device' | 'full'): Promise<string> {
    return this.at(`plan-${use}`).innerText()
  }
}
