// Passkeys, beside allauth's own scripts: say it when one could not be used. A browser gives passkeys to a host with
// a name only, so at a bare address (127.0.0.1) their buttons give way to a word about it.
const words = document.getElementById('passkey-words')
if (words) {
  const tell = name => {
    words.querySelector(`[data-when="${name}"]`).hidden = false
    words.hidden = false
  }
  if (/^[\d.]+$|:/.test(location.hostname.replace(/[[\]]/g, ''))) {
    document.querySelectorAll('[data-passkey]').forEach(button => { button.hidden = true })
    tell('address')
  } else if (!window.PublicKeyCredential) {
    document.querySelectorAll('[data-passkey]').forEach(button => { button.hidden = true })
    tell('browser')
  }
  document.addEventListener('allauth.error', event => {
    event.preventDefault()
    tell('failed')
    words.scrollIntoView({ block: 'nearest' })
  })
}
