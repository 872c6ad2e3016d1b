namespace Unarr.EndToEnd.Tests.Page;

/// <summary>A test that needs the system's Chromium: skipped where there is none, but not in CI, where there has to be one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public const string Path = "/usr/bin/chromium";

    public ChromiumFactAttribute()
    {
        if (!File.Exists(Path) && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Skip = $"There is no {Path}: install the package chromium.";
        }
    }
}
