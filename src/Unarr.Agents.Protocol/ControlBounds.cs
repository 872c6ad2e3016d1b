namespace Unarr.Agents.Protocol;

/// <summary>How long the members of a control may be when it is read.</summary>
/// <param name="StringBytes">Each string, as decoded UTF-8.</param>
/// <param name="ParametersBytes">The parameters, as compact JSON.</param>
/// <param name="ParametersDepth">How deep the parameters may be nested.</param>
internal readonly record struct ControlBounds(int StringBytes, int ParametersBytes, int ParametersDepth)
{
    /// <summary>"Action, task id and id 1,024 bytes each; <c>params</c> 64 KiB as compact JSON, nested at most 32 deep."</summary>
    public static ControlBounds OfWire { get; } =
        new(Control.MaxStringBytes, Control.MaxParametersBytes, Control.MaxParametersDepth);

    /// <summary>What a store wrote is read whatever it is.</summary>
    public static ControlBounds None { get; } = new(int.MaxValue, int.MaxValue, int.MaxValue);
}
