// SPDX-License-Identifier: Apache-2.0
// Healthy: a JavaScript engine that compiles and caches functions for the first minute: warm-up.js SECONDS.
const end = Date.now() + Number(process.argv[2]) * 1000;
const compiled = [];
const timer = setInterval(() => {
  if (compiled.length < 3000) {
    for (let i = 0; i < 50; ++i) {
      const n = compiled.length;
      compiled.push(new Function('x', `let s = ${n}; for (let i = 0; i < 50; ++i) s += (x * ${n + i}) % 7; return s;`));
    }
  }
  let sum = 0;
  for (const one of compiled) sum += one(sum);
  if (Date.now() > end) clearInterval(timer);
}, 1000);
