/**
 * Script of `report.html`, in words that every current browser knows. Without it, or without the libraries, the page
 * shows the drawn charts and unsorted tables. A chart is replaced only once its interactive twin stands.
 */
export const SCRIPT = `
(() => {
  const key = (cell) => {
    const value = cell.dataset.sort;
    return value === undefined ? null : Number(value);
  };
  for (const table of document.querySelectorAll('table')) {
    const headers = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    headers.forEach((header, column) => {
      const button = document.createElement('button');
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener('click', () => {
        const up = column === 0 ? header.getAttribute('aria-sort') !== 'ascending' : header.getAttribute('aria-sort') === 'descending';
        headers.forEach((other) => other.removeAttribute('aria-sort'));
        header.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        const body = table.tBodies[0];
        const rows = [...body.rows].sort((a, b) => {
          const x = key(a.cells[column]);
          const y = key(b.cells[column]);
          if (x === null || y === null) return (x === null) - (y === null);
          return up ? x - y : y - x;
        });
        body.append(...rows);
      });
    });
  }
  if (!window.vegaEmbed) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  for (const chart of document.querySelectorAll('[data-spec]')) {
    const spec = { ...read(chart.dataset.spec), config: read('chart-config'), background: 'transparent' };
    const place = document.createElement('div');
    place.hidden = true;
    chart.append(place);
    const actions = { export: true, source: false, compiled: false, editor: false };
    vegaEmbed(place, spec, { renderer: 'svg', actions, downloadFileName: chart.dataset.spec }).then(
      () => {
        chart.querySelector('.drawn').remove();
        place.hidden = false;
      },
      () => place.remove(),
    );
  }
})();
`.trim();
