using Qschedd.Cli;

return await CommandLine.InvokeAsync(args);
