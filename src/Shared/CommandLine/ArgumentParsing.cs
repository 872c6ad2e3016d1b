using System.CommandLine;

namespace Unarr.CommandLine;

/// <summary>How arguments are read: "@file" is one like any other, and "-abc" is not a bundle of options.</summary>
internal static class ArgumentParsing
{
    public static ParserConfiguration Configuration { get; } = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
}
