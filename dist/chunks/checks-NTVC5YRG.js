import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);
import{allChecks,checksFor}from"./chunk-M4GUNY4T.js";import"./chunk-3TB3WXSX.js";import"./chunk-YDLC45CK.js";import"./chunk-NOQ5M7RB.js";import"./chunk-RNJJKCO6.js";import"./chunk-YOUTAS7D.js";import"./chunk-2M24U3EN.js";export{allChecks,checksFor};
