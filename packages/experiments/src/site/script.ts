/**
 * The search of the front page: shows the cards that hold every word of the query. Without it all cards are there. The
 * query stays in the address (`#q=…`), so that going back finds the same list.
 */
export const SITE_SCRIPT = `
(() => {
  const input = document.querySelector('.find input');
  const count = document.querySelector('.find output');
  const cards = [...document.querySelectorAll('.card')].map((card) => ({ card, text: card.textContent.toLowerCase() }));
  const show = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, text } of cards) {
      card.hidden = !words.every((word) => text.includes(word));
      if (!card.hidden) shown++;
    }
    for (const section of document.querySelectorAll('section')) section.hidden = !section.querySelector('.card:not([hidden])');
    count.textContent = words.length === 0 ? cards.length + ' reports' : shown + ' of ' + cards.length + ' reports';
    history.replaceState(null, '', words.length === 0 ? location.pathname : '#q=' + encodeURIComponent(input.value));
  };
  const asked = /^#q=(.*)$/.exec(location.hash);
  if (asked) {
    try {
      input.value = decodeURIComponent(asked[1]);
    } catch {}
  }
  document.querySelector('.find').hidden = false;
  input.addEventListener('input', show);
  show();
})();
`.trim();
