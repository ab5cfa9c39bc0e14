/** What to do about an empty list. The command works as it is with the services of `npm start`. */
export function NoKeys() {
  return (
    <div class="empty">
      <h2>No keys yet</h2>
      <p>
        Keyturn lists an API credential once it has rotated its key, and shows it to people who have a grant
        for it.
      </p>
      <p>
        Rotate the first key in a terminal, in the folder of Keyturn, with your API credential in place of
        this example. With <code>npm start</code> the example works as it is. Then refresh the list.
      </p>
      <p>
        <code>npm run -s rotate -- merchants/ACME_NL/apiCredentials/S2-MANAGED-1 --reason test</code>
      </p>
      <p>Have keys been rotated already? Then ask the owner of Keyturn for a grant.</p>
    </div>
  );
}
