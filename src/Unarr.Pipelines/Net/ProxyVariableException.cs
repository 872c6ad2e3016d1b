namespace Unarr.Pipelines.Net;

/// <summary>A proxy variable of the environment holds a value that cannot be used.</summary>
/// <remarks>The message names the variable, and never contains its value.</remarks>
public sealed class ProxyVariableException : Exception
{
    internal ProxyVariableException(string variable, string problem)
        : base($"The environment variable {variable} cannot be used: {problem}") => Variable = variable;

    /// <summary>The name of the variable.</summary>
    public string Variable { get; }
}
