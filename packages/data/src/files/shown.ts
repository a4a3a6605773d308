export { shown } from '@asmil/core';
