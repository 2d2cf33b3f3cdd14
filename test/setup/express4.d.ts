// The package `express4` is an alias of express 4, so it finds no types under its name.
declare module 'express4' {
  import express = require('express');
  export = express;
}
