import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll } from 'vitest';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Whether tests that need a browser can run here. */
export const hasBrowser = CHROMIUM !== undefined;

/** A page, and what its console said, what it threw and what it asked the network for, as the page goes on. */
export interface Opened {
  readonly page: Page;
  readonly errors: string[];
}

/** Starts Chromium for the tests of a `describe`; what it returns opens a file as a person would, without a network. */
export function useBrowser(): (path: string) => Promise<Opened> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await puppeteer.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);
  afterAll(() => browser?.close());
  return async (path) => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
    page.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) errors.push(`asks for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href, { waitUntil: 'load' });
    return { page, errors };
  };
}
