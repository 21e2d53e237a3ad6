import { safeStorage } from 'electron'
import { EndpointStore, fileVault, userFolder, type KeyVault } from '../endpoint/endpointStore.ts'

/** Keys sealed by the system's own key store (Keychain, DPAPI, libsecret). */
const systemVault: KeyVault = {
  name: 'system',
  seal: (key) => safeStorage.encryptString(key).toString('base64'),
  open: (sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64'))
}

/** The user's endpoints for the desktop window; where the system has no key store, the file's mode guards the keys. */
export function desktopEndpoints(): EndpointStore {
  return new EndpointStore(userFolder(), safeStorage.isEncryptionAvailable() ? systemVault : fileVault)
}
