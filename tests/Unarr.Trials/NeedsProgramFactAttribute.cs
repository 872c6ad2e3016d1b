namespace Unarr.EndToEnd.Tests;

/// <summary>A test that needs a program of the system: skipped where there is none, but not in CI, where there has to be one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsProgramFactAttribute : FactAttribute
{
    public NeedsProgramFactAttribute(string program)
    {
        Program = program;
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!isThere && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = $"There is no {program} on this machine.";
        }
    }

    public string Program { get; }
}
