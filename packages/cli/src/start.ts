/** What the program loads once it is known that this version of Node can run it. */
export { processIo } from "./io.js";
export { finish, main } from "./main.js";
