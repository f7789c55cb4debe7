export declare const privatePackages: readonly string[];
