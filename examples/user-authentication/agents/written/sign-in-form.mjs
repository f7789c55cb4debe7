const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => text.replace(/[&<>"]/g, (character) => ENTITIES[character]);

/** The HTML of the form, with the email that was entered and what was wrong with it. */
export function signInForm({ email = "", problem = "" } = {}) {
  return `<form method="post" action="/sign-in">
  ${problem === "" ? "" : `<p role="alert">${escaped(problem)}</p>`}
  <label>Email <input name="email" type="email" value="${escaped(email)}" required></label>
  <label>Password <input name="password" type="password" required></label>
  <button>Sign in</button>
</form>`;
}
