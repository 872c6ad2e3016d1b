namespace Unarr.Pipelines.Bench.NativeAgent;

/// <summary>A program that reads the stream, and how it is started.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments; <c>{url}</c> stands for the server.</param>
/// <param name="Environment">What its environment has beside ours.</param>
internal sealed record Candidate(string Name, string Program, string[] Arguments, IReadOnlyDictionary<string, string>? Environment = null);
