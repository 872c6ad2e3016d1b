using Unarr.Agents.Hub.Keys;

namespace Unarr.ControlPlane.Keys;

/// <summary>Whose key it is in a keys file.</summary>
/// <param name="IsOperator">Whether it is an operator's, and not an agent's.</param>
/// <param name="Name">The operator's name, or the agent's id.</param>
internal sealed record KeyHolder(bool IsOperator, string Name)
{
    public bool IsFirstOperator => IsOperator && Name == ApiKeys.FirstOperator;

    public bool IsIn(ApiKeys keys) => IsOperator ? keys.Operators.Contains(Name) : keys.Has(Name);

    public override string ToString() => IsOperator ? $"operator '{Name}'" : $"agent '{Name}'";
}
