using SharpFuzz;
using Unarr.Pipelines.Fuzz.Coverage;

if (args is not [string name] || !Targets.All.TryGetValue(name, out Action<byte[]>? target))
{
    Console.Error.WriteLine(
        $"usage: the target ({string.Join(", ", Targets.All.Keys)}); one input comes from standard input, or inputs from afl-fuzz");
    return 2;
}

// The code runs in a process of its own, which is started again when an input kills it.
Fuzzer.OutOfProcess.Run(input =>
{
    using var bytes = new MemoryStream();
    input.CopyTo(bytes);
    target(bytes.ToArray());
});
return 0;
